// Package core holds the core commands of the lean program: the few of a Unix system
// without which a shell is no use, in their plainest form. The full image has
// u-root's instead.
package core
