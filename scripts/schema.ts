// Writes what is generated from the one schema of the configuration; test/schema.test.ts fails when it is out of date.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { jsonSchema } from './schema/json.ts'
import { reference } from './schema/reference.ts'

const schema = jsonSchema()
writeFileSync('esconn.schema.json', JSON.stringify(schema))
execFileSync('node_modules/.bin/biome', ['format', '--write', 'esconn.schema.json'], { stdio: 'inherit' })
const template = readFileSync('docs/configuration.template.md', 'utf8')
writeFileSync('docs/configuration.md', reference(template, schema))
