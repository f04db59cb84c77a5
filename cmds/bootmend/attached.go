package main

import (
	"os"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/media"
)

// builtIn is where mkrescue iso --drivers-in-memory puts driver packages.
const builtIn = "/drivers"

// attachedMedia are what a person put into this machine, the rescue medium itself,
// and what the image has in memory.
func attachedMedia() []source.Tree {
	var all []source.Tree
	if _, err := os.Stat(imageMark); err == nil {
		if info, err := os.Stat(builtIn); err == nil && info.IsDir() {
			all = append(all, media.Folder(builtIn))
		}
	}
	return append(all, media.Attached("/sys", "/dev")...)
}
