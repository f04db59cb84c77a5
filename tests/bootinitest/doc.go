// Package bootinitest tries package bootini on the boot.ini files of real
// machines, and the numbers of partition() on many tables, each with the
// numbers that follow from the rule by hand. Where Linux counts otherwise,
// sfdisk says how.
package bootinitest
