#!/usr/bin/env node
// From Node 22.8 on compiled code is kept for the next start. Node's own directory for it is below that for temporary
// files, where another user could put code of his.
const { HOME, XDG_CACHE_HOME = `${HOME}/.cache` } = process.env
if (XDG_CACHE_HOME.startsWith('/')) require('node:module').enableCompileCache?.(`${XDG_CACHE_HOME}/esconn`)
require('../dist/cli/main.js').main()
