// Replaces packages that the bundled command line never uses.
module.exports = {}
