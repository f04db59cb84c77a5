// Package probe tells what sits at the start of a volume and opens it. It
// looks at content only: the type in the partition table may lie.
package probe
