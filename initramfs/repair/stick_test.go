package repair

import (
	"context"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/step"
)

// labelled is a disk that is all one FAT volume with the label.
func labelled(t *testing.T, label string, folder bool) *blocktest.Mem {
	t.Helper()
	format := fat.Format{Size: 16 << 20, Kind: fs.FAT16, Label: label, Serial: 7}
	head, err := format.Head()
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, format.Size)
	copy(data, head)
	dev := blocktest.NewMem(data, 512)
	if folder {
		v, err := fat.Open(dev)
		if err == nil {
			err = v.Mkdir(StickFolder)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dev
}

// TestStick: the label alone makes no stick of a disk that belongs to the machine.
func TestStick(t *testing.T) {
	usb := &machine.Controller{Bus: machine.USB}
	sata := &machine.Controller{Bus: machine.PCI}
	for _, tt := range []struct {
		name   string
		label  string
		folder bool
		disk   machine.Disk
		with   func(p *inspect.Patient, v *inspect.Volume) []step.Step
		want   bool
	}{
		{"USB", "BOOTMEND", false, machine.Disk{Controller: usb}, nil, true},
		{"removable", "BOOTMEND", false, machine.Disk{Controller: sata, Removable: true}, nil, true},
		{"USB with another label", "DATA", false, machine.Disk{Controller: usb}, nil, false},
		{"fixed disk", "BOOTMEND", false, machine.Disk{Controller: sata}, nil, false},
		{"fixed disk of an unknown controller", "BOOTMEND", false, machine.Disk{}, nil, false},
		{"fixed disk with the folder", "BOOTMEND", true, machine.Disk{Controller: sata}, nil, true},
		{"fixed disk with the folder and another label", "DATA", true, machine.Disk{Controller: sata}, nil, false},
		{"USB disk with a Windows", "BOOTMEND", true, machine.Disk{Controller: usb}, func(p *inspect.Patient, v *inspect.Volume) []step.Step {
			p.Windows = []*inspect.Installation{{Volume: &inspect.Volume{Disk: v.Disk}}}
			return nil
		}, false},
		{"USB disk that is repaired", "BOOTMEND", true, machine.Disk{Controller: usb}, func(p *inspect.Patient, v *inspect.Volume) []step.Step {
			return []step.Step{step.Patch{Disk: v.Disk}}
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.disk.Path = "/dev/sdb"
			m := &machine.Machine{Disks: []machine.Disk{{Path: "/dev/sda", Removable: true}, tt.disk}}
			p, err := inspect.Inspect(context.Background(), m, []inspect.Source{{Path: "/dev/sdb", Dev: labelled(t, tt.label, tt.folder)}})
			if err != nil || len(p.Volumes()) != 1 || p.Volumes()[0].FS == nil {
				t.Fatalf("%d volumes, %v", len(p.Volumes()), err)
			}
			v := p.Volumes()[0]
			var steps []step.Step
			if tt.with != nil {
				steps = tt.with(p, v)
			}
			if got := isStick(p, v, steps); got != tt.want {
				t.Errorf("isStick = %t; want %t", got, tt.want)
			}
			if p.Machine = nil; tt.want && !tt.folder && isStick(p, v, steps) {
				t.Error("a stick of an unknown machine")
			}
		})
	}
}
