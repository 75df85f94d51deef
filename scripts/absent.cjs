// Stands in the bundled command line for a package that is never used there.
module.exports = {}
