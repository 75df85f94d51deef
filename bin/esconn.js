#!/usr/bin/env node
require('node:module').enableCompileCache?.() // from Node 22.8 on
require('../dist/cli/main.cjs').main()
