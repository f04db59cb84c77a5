// Package registrytest tests the typed views of package registry on real hives,
// against what other programs read in them.
package registrytest
