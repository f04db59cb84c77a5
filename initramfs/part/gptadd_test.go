package part

import (
	"errors"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
)

// TestAdd: free space is what no entry has; a new partition takes the first entry that is
// not in use, in both copies, and is read as it was asked for; what is not free is
// refused.
func TestAdd(t *testing.T) {
	const id = "11111111-2222-4333-8444-555555555555"
	disk := newGPT()
	e, err := EditGPT(disk)
	if err != nil {
		t.Fatal(err)
	}
	free := []block.Range{{Off: 34 * 512, Len: 6 * 512}, {Off: 46 * 512, Len: 4 * 512}, {Off: 56 * 512, Len: 11 * 512}}
	if got := e.Free(); !slices.Equal(got, free) {
		t.Fatalf("free: %v, want %v", got, free)
	}
	number, patches, err := e.Add(NewPartition{Range: block.Range{Off: 57 * 512, Len: 8 * 512}, TypeGUID: GUIDESP, GUID: id, Name: "EFI system partition"})
	if err != nil || number != 2 {
		t.Fatalf("partition %d, %v", number, err)
	}
	after := disk.with(patches)
	if e, err = EditGPT(after); err != nil || !e.Agree() || e.Gap() != 0 {
		t.Fatalf("%v, %v, %v", err, e.Primary(), e.Backup())
	}
	table, err := Read(after)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(table.Partitions, func(p Partition) bool { return p.Number == 2 })
	if i < 0 {
		t.Fatalf("%+v", table.Partitions)
	}
	if p := table.Partitions[i]; !p.IsESP() || p.GUID != id || p.Name != "EFI system partition" || p.Range != (block.Range{Off: 57 * 512, Len: 8 * 512}) {
		t.Errorf("%+v", p)
	}
	for _, bad := range []NewPartition{
		{Range: block.Range{Off: 57 * 512, Len: 512}, TypeGUID: GUIDESP, GUID: id},     // taken by now
		{Range: block.Range{Off: 56*512 + 1, Len: 512}, TypeGUID: GUIDESP, GUID: id},   // no sector
		{Range: block.Range{Off: 65 * 512, Len: 3 * 512}, TypeGUID: GUIDESP, GUID: id}, // behind the usable part
		{Range: block.Range{Off: 65 * 512, Len: 512}, TypeGUID: "nonsense", GUID: id},  // no GUID
		{Range: block.Range{Off: 65 * 512, Len: -512}, TypeGUID: GUIDESP, GUID: id},    // nothing
		{Range: block.Range{Off: 44 * 512, Len: 3 * 512}, TypeGUID: GUIDESP, GUID: id}, // over a partition
	} {
		if _, _, err := e.Add(bad); !errors.Is(err, ErrRefused) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	damaged := mem{slices.Clone(after.data), 512}
	damaged.data[99*512+40] ^= 1
	if e, err = EditGPT(damaged); err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Add(NewPartition{Range: block.Range{Off: 46 * 512, Len: 512}, TypeGUID: GUIDESP, GUID: id}); !errors.Is(err, ErrRefused) {
		t.Errorf("with a damaged backup: %v", err)
	}
}
