// Package partcmd tries bootmend part as people use it: on disks of guests, with
// sfdisk, sgdisk and file to say what became of them, and with undo.
package partcmd
