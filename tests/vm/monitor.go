package vm

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// Monitor is a connection to a machine that stays and hears its events. QEMU
// talks to one at a time: while it is open, Screendump and PressKeys wait.
type Monitor struct {
	conn    net.Conn
	replies chan error
	mu      sync.Mutex
	events  []string
}

// Monitor connects to the machine.
func (h *Handle) Monitor() (*Monitor, error) {
	conn, err := h.dial()
	if err != nil {
		return nil, err
	}
	m := &Monitor{conn: conn, replies: make(chan error, 4)}
	go m.listen()
	if err := m.Do("qmp_capabilities", nil); err != nil {
		return nil, err
	}
	return m, nil
}

// Close ends the connection.
func (m *Monitor) Close() error { return m.conn.Close() }

func (m *Monitor) listen() {
	defer close(m.replies)
	lines := bufio.NewScanner(m.conn)
	for lines.Scan() {
		var r struct {
			Event  string
			Data   map[string]any
			Return *json.RawMessage
			Error  *struct{ Class, Desc string }
		}
		if json.Unmarshal(lines.Bytes(), &r) != nil {
			continue
		}
		switch {
		case r.Event != "":
			m.note(r.Event, r.Data)
		case r.Error != nil:
			m.replies <- fmt.Errorf("%s: %s", r.Error.Class, r.Error.Desc)
		case r.Return != nil:
			m.replies <- nil
		}
	}
}

func (m *Monitor) note(event string, data map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range []string{"reason", "id", "tray-open", "action"} {
		if v, ok := data[key]; ok {
			event += fmt.Sprintf(" %s=%v", key, v)
		}
	}
	m.events = append(m.events, event)
}

// Events are those so far, with what is known of each: "SHUTDOWN reason=guest-reset".
func (m *Monitor) Events() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.events)
}

// Saw reports whether there was an event with all of these words.
func (m *Monitor) Saw(words ...string) bool {
	return slices.ContainsFunc(m.Events(), func(e string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(e, w) })
	})
}

// Do runs one command.
func (m *Monitor) Do(command string, arguments any) error {
	text, err := json.Marshal(map[string]any{"execute": command, "arguments": arguments})
	if err == nil && arguments == nil {
		text, err = json.Marshal(map[string]any{"execute": command})
	}
	if err != nil {
		return err
	}
	if _, err := m.conn.Write(append(text, '\n')); err != nil {
		return err
	}
	select {
	case err, ok := <-m.replies:
		if !ok {
			return fmt.Errorf("%s: qemu closed the connection", command)
		}
		return err
	case <-time.After(20 * time.Second):
		return fmt.Errorf("%s: no answer", command)
	}
}

// Press presses keys at once, by qemu's names ("ctrl", "alt", "delete").
func (m *Monitor) Press(keys ...string) error {
	var all []any
	for _, k := range keys {
		all = append(all, map[string]any{"type": "qcode", "data": k})
	}
	return m.Do("send-key", map[string]any{"keys": all})
}
