package vm

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"strings"
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

// PlugStick attaches a USB stick with that image while the machine, one with Typed,
// runs. It cannot be written.
func (h *Handle) PlugStick(image string) error {
	file := map[string]any{"driver": "file", "filename": image, "read-only": true}
	if err := h.qmp("blockdev-add", map[string]any{"node-name": "late", "driver": "raw", "read-only": true, "file": file}); err != nil {
		return err
	}
	return h.qmp("device_add", map[string]any{"driver": "usb-storage", "bus": "xhci.0", "drive": "late", "removable": true, "id": "stick-late"})
}

// qmp runs one command of the QEMU machine protocol.
func (h *Handle) qmp(command string, arguments any) error {
	_, err := h.ask(command, arguments)
	return err
}

// ask is qmp for commands that answer something.
func (h *Handle) ask(command string, arguments any) (said json.RawMessage, err error) {
	conn, err := h.dial()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return nil, err
	}
	enc, lines := json.NewEncoder(conn), bufio.NewScanner(conn)
	lines.Scan() // greeting
	for _, m := range []any{
		map[string]any{"execute": "qmp_capabilities"},
		map[string]any{"execute": command, "arguments": arguments},
	} {
		if err := enc.Encode(m); err != nil {
			return nil, err
		}
		if said, err = answer(lines); err != nil {
			return nil, fmt.Errorf("%s: %w", command, err)
		}
	}
	return said, nil
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
func answer(lines *bufio.Scanner) (json.RawMessage, error) {
	for lines.Scan() {
		var r struct {
			Return *json.RawMessage
			Error  *struct{ Class, Desc string }
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, err
		}
		if r.Error != nil {
			return nil, fmt.Errorf("%s: %s", r.Error.Class, r.Error.Desc)
		}
		if r.Return != nil {
			return *r.Return, nil
		}
	}
	return nil, fmt.Errorf("qemu closed the connection: %v", lines.Err())
}

// SerialTerminal is the terminal behind the serial port of a machine that is
// Typed: "/dev/pts/3".
func (h *Handle) SerialTerminal() (string, error) {
	said, err := h.ask("query-chardev", map[string]any{})
	if err != nil {
		return "", err
	}
	var all []struct{ Label, Filename string }
	if err := json.Unmarshal(said, &all); err != nil {
		return "", err
	}
	for _, c := range all {
		if path, ok := strings.CutPrefix(c.Filename, "pty:"); ok && c.Label == serialPort {
			return path, nil
		}
	}
	return "", fmt.Errorf("the machine has no terminal: %s", said)
}
