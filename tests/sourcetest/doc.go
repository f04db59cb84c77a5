// Package sourcetest judges drivers/source, drivers/authenticode and
// initramfs/media: driver packages and files of Windows are found in folders,
// images, cabinets and programs that foreign tools made, in the collection of real
// packages, and in stand-ins of installed Windows.
package sourcetest
