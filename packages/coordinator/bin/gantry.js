#!/usr/bin/env node
// The command itself: a committed file, since npm links none that only a build makes. Gantry's sources are
// TypeScript, loaded as they are.
import { register } from 'tsx/esm/api';

register();
await import('../src/cli/main.ts');
