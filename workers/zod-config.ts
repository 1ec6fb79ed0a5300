import * as z from 'zod';

/** zod compiles its schemas with eval where it may, and finds out by trying: a content security policy reports the try. */
z.config({ jitless: true });
