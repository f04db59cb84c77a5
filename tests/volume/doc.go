// Package volume makes volumes for tests by foreign programs, mounts them, and
// opens them as block.Device for the format packages.
package volume
