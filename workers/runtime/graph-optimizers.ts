/**
 * ONNX Runtime's passes over a graph, by the names under which it can leave them out. Ours are written as they should run
 * (graph/), so these find nothing in them, or nothing that makes a run quicker; but the browser compiles each pass when it
 * is first run, which takes a core for seconds before a first picture. Constants are still folded: filters of tiles are.
 */
const ofAttention = [
  'AttentionFusion',
  'EmbedLayerNormFusion',
  'GqaValueLayoutTransformer',
  'GroupQueryAttentionFusion',
  'GroupQueryAttentionPreNormFusion',
  'ReshapeFusion',
];
const ofQuantizedGraphs = [
  'DoubleQDQPairsRemover',
  'DQMatMulNBitsFusion',
  'DynamicQuantizeMatMulFusion',
  'EnsureUniqueDQForNodeUnit',
  'MatMulIntegerToFloatFusion',
  'MatMulNBitsFusion',
  'MatMulNBitsMlpFusion',
  'MatMulNBitsQkvFusion',
  'QDQFinalCleanupTransformer',
  'QDQPropagationTransformer',
  'QDQS8ToU8Transformer',
  'QDQSelectorActionTransformer',
  'WeightBiasQuantization',
  'WhereDummyDq',
];
const ofActivations = [
  'BiasGeluFusion',
  'BiasSoftmaxFusion',
  'FastGeluFusion',
  'GeluFusionL1',
  'GeluFusionL2',
  'QuickGeluFusion',
];
const ofNormalizations = [
  'BiasDropoutFusion',
  'BiasSkipLayerNormFusion',
  'LayerNormFusionL1',
  'LayerNormFusionL2',
  'SimplifiedLayerNormFusion',
  'SkipLayerNormFusion',
];
const ofProducts = [
  'ConvActivationFusion',
  'ConvAddActivationFusion',
  'ConvBNFusion',
  'ConvMulFusion',
  'GemmActivationFusion',
  'GemmSumFusion',
  'GemmTransposeFusion',
  'MatMulActivationFusion',
  'MatMulAddFusion',
  'MatMulScaleFusion',
  'MatmulTransposeFusion',
];
const ofShapesAndTypes = [
  'CastChainElimination',
  'DivMulFusion',
  'FreeDimensionOverrideTransformer',
  'FuseFp16InitializerToFp32NodeTransformer',
  'GatherSliceToSplitFusion',
  'GatherToSliceFusion',
  'LabelEncoderFusion',
  'NotWhereFusion',
  'PreShapeNodeElimination',
  'RemoveDuplicateCastTransformer',
  'SliceConcatToSpaceToDepthFusion',
];
const ofLayouts = ['NchwcTransformer', 'NhwcTransformer', 'TransposeOptimizer'];
const ofWholeGraphs = ['CommonSubexpressionElimination', 'ConstantSharing'];

export const unusedOptimizers: readonly string[] = [
  ...ofAttention,
  ...ofQuantizedGraphs,
  ...ofActivations,
  ...ofNormalizations,
  ...ofProducts,
  ...ofShapesAndTypes,
  ...ofLayouts,
  ...ofWholeGraphs,
];
