// Loaded before the command line, by Node or by the executable.
import { writeSync } from 'node:fs'

process.on('exit', () => writeSync(2, `${process.resourceUsage().maxRSS}\n`))
