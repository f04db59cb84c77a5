package main

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/mounts"
	"github.com/bootmend/bootmend/initramfs/repair"
)

// atShell mounts what is attached for a person who comes to the shell, read-only.
// Where nothing is attached but the rescue medium, the disks are not even looked at;
// and what cannot be mounted is no reason to say anything: mount-media says why.
func (m *mounting) atShell() error {
	attached, closeMedia, err := lookAt(m.ctx, media.Devices("/sys", "/dev"))
	if err != nil {
		return err
	}
	defer closeMedia()
	plan := func(patient *inspect.Patient) ([]mounts.Place, error) {
		all, err := mounts.MediaPlan(m.ctx, patient, attached, nil, false)
		return mounts.AtShell(all, attached, repair.IsLabelled), err
	}
	if places, err := plan(&inspect.Patient{}); err != nil || len(places) == 0 {
		return err
	}
	// The letters are those that mount-media gives, which no Windows here has.
	here, sources, closeAll, err := openDisks("", nil)
	if err != nil {
		return err
	}
	defer closeAll()
	patient, err := inspect.Inspect(m.ctx, here, sources)
	if err != nil {
		return err
	}
	places, err := plan(patient)
	if err != nil {
		return err
	}
	var done []mounts.Entry
	for _, p := range places {
		if e, err := m.system.Mount(p, false); err == nil {
			fmt.Fprintf(m.out, "  %s\n", e)
			done = append(done, e)
		}
	}
	return m.system.Remember(done)
}

// leftShell unmounts what atShell mounted, unless it is in use: the menu's repairs
// need the disks for themselves.
func leftShell(system mounts.System) error {
	list, err := system.Remembered()
	for _, e := range list {
		_ = system.Unmount(e) // in use: a person works there
	}
	return err
}
