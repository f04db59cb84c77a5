// Package checktest judges package ntfs/check: no false alarm on volumes that
// Windows, mkntfs and ntfs-3g made, and every planted damage found, by the
// check of the whole volume and by that of what was touched. It has no code of
// its own outside tests.
package checktest
