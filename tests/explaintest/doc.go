// Package explaintest asks the bootmend command what made a stop code, and what it
// decided about a condition, on disks with and without that fault.
package explaintest
