/**
 * The page's policy forbids making code out of text, and zod would try at its first schema: this module comes first of
 * all imports.
 */
import { z } from "zod";

z.config({ jitless: true });
