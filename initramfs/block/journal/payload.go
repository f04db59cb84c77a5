package journal

import (
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
)

// chunk is how much is copied at once.
const chunk = 256 << 10

// eachPart cuts the bytes [at, at+n) of the payload into parts of extents and
// gives where each lies on the home device.
func (b body) eachPart(at, n int64, do func(r block.Range) error) error {
	for _, e := range b.extents {
		if at >= e.Len {
			at -= e.Len
			continue
		}
		part := block.Range{Off: e.Off + at, Len: min(n, e.Len-at)}
		if err := do(part); err != nil {
			return err
		}
		if n -= part.Len; n == 0 {
			return nil
		}
		at = 0
	}
	if n > 0 {
		return fmt.Errorf("payload ends %d bytes early: %w", n, ErrDamaged)
	}
	return nil
}

func (w *work) readPayload(p []byte, at int64) error {
	return w.body.eachPart(at, int64(len(p)), func(r block.Range) error {
		err := readFull(w.home, "journal", p[:r.Len], r.Off)
		p = p[r.Len:]
		return err
	})
}

func (w *work) writePayload(p []byte, at int64) error {
	return w.body.eachPart(at, int64(len(p)), func(r block.Range) error {
		if _, err := w.home.WriteAt(p[:r.Len], r.Off); err != nil {
			return fmt.Errorf("journal: write of payload at %#x: %w", r.Off, err)
		}
		p = p[r.Len:]
		return nil
	})
}

// fillPayload writes the streams to where they belong, then the images, then
// the manifest that has the hashes of both, and reads everything back.
func (w *work) fillPayload(content []io.ReaderAt) error {
	for i, s := range w.body.streams {
		sum, err := w.writeStream(s, content[i])
		if err != nil {
			return err
		}
		w.man.streams[i] = sum
	}
	for i := range w.man.targets {
		t := &w.man.targets[i]
		after, before, err := w.images(t)
		if err != nil {
			return err
		}
		p := make([]byte, 2*BlockSize)
		copy(p, after)
		copy(p[BlockSize:], before)
		t.sum = sha256.Sum256(p)
		if err := w.writePayload(p, t.image); err != nil {
			return err
		}
	}
	raw := w.man.encode()
	w.head.manifestLen, w.head.manifestSum = int64(len(raw)), sha256.Sum256(raw)
	padded := make([]byte, imagesStart(int64(len(raw))))
	copy(padded, raw)
	if err := w.writePayload(padded, 0); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	return w.provePayload()
}

// provePayload reads back what was written, past the caches.
func (w *work) provePayload() error {
	if err := w.dropCaches(); err != nil {
		return err
	}
	if err := w.loadManifest(); err != nil {
		return fmt.Errorf("%w: %v", errReadBack, err)
	}
	for i := range w.man.targets {
		if _, _, err := w.images(&w.man.targets[i]); err != nil {
			return fmt.Errorf("%w: %v", errReadBack, err)
		}
	}
	for i, s := range w.body.streams {
		if err := w.checkStream(i); err != nil {
			return fmt.Errorf("%s at %v: %w: %v", w.names[s.disk], s.Range, errReadBack, err)
		}
	}
	return nil
}

// loadManifest reads the manifest that the record names; from then on images
// come from the payload.
func (w *work) loadManifest() error {
	raw := make([]byte, w.head.manifestLen)
	if err := w.readPayload(raw, 0); err != nil {
		return err
	}
	if sha256.Sum256(raw) != w.head.manifestSum {
		return fmt.Errorf("manifest does not have its hash: %w", ErrDamaged)
	}
	m, err := decodeManifest(raw, w.body)
	if err != nil {
		return err
	}
	m.place(int64(len(raw)))
	w.man, w.images = m, w.payloadImages
	return nil
}

// payloadImages reads the images of a target and checks their hash.
func (w *work) payloadImages(t *target) (after, before []byte, err error) {
	p := make([]byte, 2*BlockSize)
	if err := w.readPayload(p, t.image); err != nil {
		return nil, nil, err
	}
	if sha256.Sum256(p) != t.sum {
		return nil, nil, fmt.Errorf("images for %v do not have their hash: %w", t.Range(), ErrDamaged)
	}
	return p[:t.n], p[BlockSize : BlockSize+t.n], nil
}

// writeStream copies the content to the disk and returns its hash.
func (w *work) writeStream(s stream, content io.ReaderAt) ([32]byte, error) {
	h, buf := sha256.New(), make([]byte, min(chunk, s.Len))
	for done := int64(0); done < s.Len; {
		p := buf[:min(int64(len(buf)), s.Len-done)]
		if n, err := content.ReadAt(p, done); n < len(p) {
			return [32]byte{}, fmt.Errorf("content for %v ends after %d bytes: %w", s.Range, done+int64(n), err)
		}
		h.Write(p)
		if err := w.write(s.disk, p, s.Off+done); err != nil {
			return [32]byte{}, err
		}
		done += int64(len(p))
	}
	return [32]byte(h.Sum(nil)), nil
}

// checkStream compares the content of a stream's range with its hash.
func (w *work) checkStream(i int) error {
	s := w.body.streams[i]
	h, buf := sha256.New(), make([]byte, min(chunk, s.Len))
	for off := s.Off; off < s.End(); off += int64(len(buf)) {
		p := buf[:min(int64(len(buf)), s.End()-off)]
		if err := w.read(s.disk, p, off); err != nil {
			return err
		}
		h.Write(p)
	}
	if [32]byte(h.Sum(nil)) != w.man.streams[i] {
		return fmt.Errorf("content does not have its hash: %w", ErrDamaged)
	}
	return nil
}
