package journal_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
)

func TestFindRecordSpace(t *testing.T) {
	const lba = 512
	core := func(from, to int) func([]byte) {
		return func(d []byte) { copy(d[from*lba:to*lba], bytes.Repeat([]byte{0x5A}, (to-from)*lba)) }
	}
	mbr63 := journal.TableFacts{FirstPartition: 63 * lba}
	gpt := journal.TableFacts{GPT: true, EntriesEnd: 34 * lba, FirstUsable: 34 * lba, FirstPartition: 2048 * lba}
	for _, tt := range []struct {
		name   string
		facts  journal.TableFacts
		sector int
		damage func([]byte)
		want   [2]int64 // LBA of 512 bytes; zero: no place
	}{
		{"mbr, first partition at 63", mbr63, 512, nil, [2]int64{8, 48}},
		{"mbr, at 2048", journal.TableFacts{FirstPartition: 2048 * lba}, 512, nil, [2]int64{8, 2040}},
		{"mbr, a core image from 1 to 23", mbr63, 512, core(1, 23), [2]int64{40, 48}},
		{"mbr, a core image from 1 to 30", mbr63, 512, core(1, 30), [2]int64{40, 48}},
		{"mbr, a core image from 1 to 33", mbr63, 512, core(1, 33), [2]int64{}},
		{"mbr, a core image from 1 to 55", mbr63, 512, core(1, 55), [2]int64{}},
		{"mbr, a licence in 32", mbr63, 512, core(32, 33), [2]int64{8, 48}},
		{"mbr, a licence in 62", mbr63, 512, core(62, 63), [2]int64{8, 40}},
		{"mbr, no partition", journal.TableFacts{}, 512, nil, [2]int64{}},
		{"mbr, partition at 1", journal.TableFacts{FirstPartition: lba}, 512, nil, [2]int64{}},
		{"gpt", gpt, 512, core(1, 34), [2]int64{40, 2040}},
		{"gpt, no gap", journal.TableFacts{GPT: true, EntriesEnd: 34 * lba, FirstUsable: 34 * lba, FirstPartition: 40 * lba}, 512, nil, [2]int64{}},
		{"gpt, 256 entries", journal.TableFacts{GPT: true, EntriesEnd: 66 * lba, FirstUsable: 66 * lba, FirstPartition: 2048 * lba}, 512, core(1, 66), [2]int64{72, 2040}},
		{"gpt, no partition", journal.TableFacts{GPT: true, EntriesEnd: 34 * lba, FirstUsable: 128 * lba}, 512, core(1, 34), [2]int64{40, 120}},
		{"gpt, first partition far away", journal.TableFacts{GPT: true, EntriesEnd: 34 * lba, FirstUsable: 34 * lba, FirstPartition: 1 << 40}, 512, core(1, 34), [2]int64{40, 2040}},
		{"gpt, 4096-byte sectors", journal.TableFacts{GPT: true, EntriesEnd: 6 * 4096, FirstUsable: 6 * 4096, FirstPartition: 1 << 20}, 4096, nil, [2]int64{8 * 8, 255 * 8}},
		{"table claims nonsense", journal.TableFacts{GPT: true, EntriesEnd: 1 << 60, FirstUsable: 5, FirstPartition: 7}, 512, nil, [2]int64{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := make([]byte, 2<<20)
			d[510], d[511] = 0x55, 0xAA
			if tt.damage != nil {
				tt.damage(d)
			}
			if tt.facts.FirstPartition > 0 && tt.facts.FirstPartition < int64(len(d)) {
				d[tt.facts.FirstPartition] = 0xEB
			}
			got, err := journal.FindRecordSpace(blocktest.NewMem(d, tt.sector), tt.facts)
			if tt.want == [2]int64{} {
				var none *journal.NoPlaceError
				if !errors.As(err, &none) || !errors.Is(err, journal.ErrNoPlace) {
					t.Errorf("FindRecordSpace = LBA %d, %v; want a NoPlaceError", [2]int64{got[0] / lba, got[1] / lba}, err)
				}
				return
			}
			if err != nil || got != [2]int64{tt.want[0] * lba, tt.want[1] * lba} {
				t.Errorf("FindRecordSpace = LBA %d, %v; want %d", [2]int64{got[0] / lba, got[1] / lba}, err, tt.want)
			}
		})
	}
}
