package bootsect

import (
	"bytes"
	"io"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// maxFile bounds what is read of a file that may hold boot code: Windows' own are
// below 2 MiB.
const maxFile = 16 << 20

// InFile finds boot code for NTFS that a file carries for formatting volumes, as
// untfs.dll of Windows does: all 15 sectors of it, with every mark that such code
// has. The result is a donor for a volume like like, whose BPB it has. That the
// bytes between the marks are those that Windows would write is not proved
// where they are not Pristine.
func InFile(r io.ReaderAt, size int64, like *Volume) (all []*Volume) {
	if size > maxFile || like.Kind != fs.NTFS || len(like.Start) < bootSize {
		return nil
	}
	data := make([]byte, size)
	if n, err := r.ReadAt(data, 0); int64(n) < size && err != nil {
		return nil
	}
	for _, mark := range []string{startNTFS5, startNTFS6} {
		for from := 0; ; {
			i := bytes.Index(data[from:], []byte(mark))
			if i < 0 {
				break
			}
			start := from + i - codeNTFS
			from += i + len(mark)
			if v, ok := donorAt(data, start, like); ok {
				all = append(all, v)
			}
		}
	}
	return all
}

// donorAt judges a boot sector with what follows it, at a place in a file.
func donorAt(data []byte, start int, like *Volume) (*Volume, bool) {
	if start < 0 || start+shadowArea > len(data) || !HasMagic(data[start:]) || data[start] != 0xEB || data[start+1] != codeNTFS-2 {
		return nil, false
	}
	b := make([]byte, bootSize)
	copy(b, data[start:start+shadowArea])
	copy(b[3:codeNTFS], like.Start[3:codeNTFS])
	code, err := RecognizeVBR(b)
	if err != nil || !code.Whole() {
		return nil, false
	}
	return &Volume{BPB: like.BPB, Start: b, Code: code, size: like.size}, true
}
