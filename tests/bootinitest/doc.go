// Package bootinitest tries package bootini on the boot.ini files of real
// machines, and the numbers of partition() on many tables, each with the numbers
// follow from the rule by hand. What Linux counts otherwise is
// compared with sfdisk and partx.
package bootinitest
