// Package tool runs foreign programs for tests: those that make volumes and
// hives, and those that judge ours.
package tool
