// Package injecttest puts real driver packages into generated guests and into
// real hives, and lets foreign tools say what changed. What each package should
// lead to was written down by hand, from reading its INF file.
package injecttest
