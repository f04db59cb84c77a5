package vm

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"time"
)

// Screendump writes what the machine shows on its screen to a PNG or PPM file,
// by the name's end. For a person who wants to see why a test failed.
func (h *Handle) Screendump(path string) error {
	format := "ppm"
	if filepath.Ext(path) == ".png" {
		format = "png"
	}
	return h.qmp("screendump", map[string]any{"filename": path, "format": format})
}

// PressKeys types keys, by qemu's names ("ret", "a", "down"), one after the
// other.
func (h *Handle) PressKeys(keys ...string) error {
	for _, k := range keys {
		key := map[string]any{"type": "qcode", "data": k}
		if err := h.qmp("send-key", map[string]any{"keys": []any{key}}); err != nil {
			return err
		}
		time.Sleep(150 * time.Millisecond)
	}
	return nil
}

// qmp runs one command of the QEMU machine protocol.
func (h *Handle) qmp(command string, arguments any) error {
	conn, err := h.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	enc, lines := json.NewEncoder(conn), bufio.NewScanner(conn)
	lines.Scan() // greeting
	for _, m := range []any{
		map[string]any{"execute": "qmp_capabilities"},
		map[string]any{"execute": command, "arguments": arguments},
	} {
		if err := enc.Encode(m); err != nil {
			return err
		}
		if err := answer(lines); err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
	}
	return nil
}

// dial connects to the socket, which qemu creates a moment after its start.
func (h *Handle) dial() (net.Conn, error) {
	for tries := 0; ; tries++ {
		conn, err := net.Dial("unix", filepath.Join(h.dir, "qmp"))
		if err == nil || tries == 100 {
			return conn, err
		}
		select {
		case <-h.done:
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// answer skips events up to the reply.
func answer(lines *bufio.Scanner) error {
	for lines.Scan() {
		var r struct {
			Return *json.RawMessage
			Error  *struct{ Class, Desc string }
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return err
		}
		if r.Error != nil {
			return fmt.Errorf("%s: %s", r.Error.Class, r.Error.Desc)
		}
		if r.Return != nil {
			return nil
		}
	}
	return fmt.Errorf("qemu closed the connection: %v", lines.Err())
}
