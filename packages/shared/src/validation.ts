/**
 * Zod compiles schemas with `new Function` where it may. The pages run under a content security policy that
 * forbids it, and even trying is reported there; so nobody compiles. Imported before any schema is made.
 */
import { z } from 'zod';

z.config({ jitless: true });
