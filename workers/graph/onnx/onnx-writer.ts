import { bytesField, concat, type Field, floatField, intField, messageField, stringField } from './protobuf.ts';

/** TensorProto.DataType of onnx.proto, by the names that ONNX gives them. */
const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10 } as const;
export type ElementType = keyof typeof elementTypes;

/** A number is static, a string names a symbolic dimension. */
export type Dimension = number | string;

/** Integers and floats share JavaScript's one number type, so an attribute says which it is. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] };

export interface OnnxNode {
  readonly opType: string;
  /** '' is ai.onnx. */
  readonly domain: string;
  readonly name: string;
  /** An empty name leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** Bytes inside the model, or a range of a file beside it. Row-major, little-endian. */
export type OnnxTensorData =
  { readonly bytes: Uint8Array } | { readonly location: string; readonly offset: number; readonly length: number };

export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: OnnxTensorData;
}

interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly initializers: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNode[];
}

const irVersion = 10;
/** Operator sets that the builders write for; '' is ai.onnx. */
const opsets: readonly (readonly [domain: string, version: number])[] = [
  ['', 20],
  ['com.microsoft', 1],
];

function writeAttribute(name: string, attribute: Attribute): Field {
  switch (attribute.kind) {
    case 'float':
      return messageField(5, [stringField(1, name), floatField(2, attribute.value), intField(20, 1)]);
    case 'int':
      return messageField(5, [stringField(1, name), intField(3, attribute.value), intField(20, 2)]);
    case 'string':
      return messageField(5, [stringField(1, name), stringField(4, attribute.value), intField(20, 3)]);
    case 'ints':
      return messageField(5, [
        stringField(1, name),
        ...attribute.value.map((item) => intField(8, item)),
        intField(20, 7),
      ]);
  }
}

function writeNode(node: OnnxNode): Field {
  return messageField(1, [
    ...node.inputs.map((input) => stringField(1, input)),
    ...node.outputs.map((output) => stringField(2, output)),
    stringField(3, node.name),
    stringField(4, node.opType),
    ...Object.entries(node.attributes).map(([name, attribute]) => writeAttribute(name, attribute)),
    stringField(7, node.domain),
  ]);
}

function writeTensorData(data: OnnxTensorData): Field[] {
  if ('bytes' in data) return [bytesField(9, data.bytes)];
  const entry = (key: string, value: string): Field => messageField(13, [stringField(1, key), stringField(2, value)]);
  return [
    entry('location', data.location),
    entry('offset', String(data.offset)),
    entry('length', String(data.length)),
    intField(14, 1),
  ];
}

function writeTensor(tensor: OnnxTensor): Field {
  return messageField(5, [
    ...tensor.shape.map((dimension) => intField(1, dimension)),
    intField(2, elementTypes[tensor.type]),
    stringField(8, tensor.name),
    ...writeTensorData(tensor.data),
  ]);
}

function writeValueInfo(field: number, value: OnnxValueInfo): Field {
  const dimensions = value.shape.map((dimension) =>
    messageField(1, [typeof dimension === 'number' ? intField(1, dimension) : stringField(2, dimension)]),
  );
  const tensorType = messageField(1, [intField(1, elementTypes[value.type]), messageField(2, dimensions)]);
  return messageField(field, [stringField(1, value.name), messageField(2, [tensorType])]);
}

/** Encodes a model as an ONNX file (onnx.proto, IR version 10). */
export function writeOnnxModel(graph: OnnxGraph): Uint8Array<ArrayBuffer> {
  return concat([
    intField(1, irVersion),
    stringField(2, 'pinword'),
    messageField(7, [
      ...graph.nodes.map(writeNode),
      stringField(2, graph.name),
      ...graph.initializers.map(writeTensor),
      ...graph.inputs.map((value) => writeValueInfo(11, value)),
      ...graph.outputs.map((value) => writeValueInfo(12, value)),
    ]),
    ...opsets.map(([domain, version]) => messageField(8, [stringField(1, domain), intField(2, version)])),
  ]);
}
