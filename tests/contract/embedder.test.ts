import { createHashedEmbedder } from '../../language/index.ts'
import { describeEmbedder } from './embedder.ts'

describeEmbedder('hashed', createHashedEmbedder)
