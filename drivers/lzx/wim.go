package lzx

import "github.com/bootmend/bootmend/drivers/huffman"

const (
	wimWindow = 32 << 10
	wimSlots  = 30
	wimE8Size = 12_000_000
)

// ChunkDecoder decodes chunks of the WIM flavour with a window of 32 KiB. The
// zero value is ready; it keeps memory and is not safe for concurrent use.
type ChunkDecoder struct{ d decoder }

// Decode decodes one chunk that holds exactly len(dst) plain bytes, at most 32
// KiB. What src has behind them is not looked at. After an error, which wraps
// ErrData, the content of dst is undefined.
func (c *ChunkDecoder) Decode(dst, src []byte) error {
	if len(dst) > wimWindow {
		return bad("chunk of %d plain bytes", len(dst))
	}
	c.d.slots, c.d.wim = wimSlots, true
	c.d.reset()
	if err := c.d.decode(dst, 0, huffman.NewBits(src)); err != nil {
		return err
	}
	undoE8(dst, 0, wimE8Size)
	return nil
}
