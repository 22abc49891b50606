// Registers nothing; variants replace this file after the build.
