package main

import (
	"fmt"
	"os"
	"time"

	"github.com/bootmend/bootmend/initramfs/pid1/deliver"
	"golang.org/x/sys/unix"
)

const (
	serialPort = "/dev/ttyS0"
	// serialWait is how long a port may take in all: 115200 baud are 11 kB/s.
	serialWait = 2 * time.Minute
	// quietLevel keeps the kernel from writing to consoles, all but panics.
	quietLevel = 1
)

// sendSerial writes the report, framed, to the first serial port, while the kernel
// keeps quiet.
func sendSerial(json []byte) error {
	frame, err := deliver.Frame(json)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(serialPort, os.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if level, err := printkLevel(); err == nil {
		_ = setPrintkLevel(quietLevel)
		defer func() { _ = setPrintkLevel(level) }()
	}
	if err := f.SetWriteDeadline(time.Now().Add(serialWait)); err != nil {
		return err
	}
	if _, err := f.Write(append([]byte("\n"), frame...)); err != nil {
		return err
	}
	return drain(f)
}

// drain waits until the port has sent what it was given.
func drain(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	for end := time.Now().Add(serialWait); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		left := 0
		var ioctlErr error
		if err := raw.Control(func(fd uintptr) { left, ioctlErr = unix.IoctlGetInt(int(fd), unix.TIOCOUTQ) }); err != nil {
			return err
		}
		if ioctlErr != nil || left == 0 {
			return nil // what is no port has nothing to send
		}
	}
	return fmt.Errorf("%s does not send", serialPort)
}

// printk is the kernel's file of levels; the first number is the one below which
// messages go to consoles.
const printk = "/proc/sys/kernel/printk"

func printkLevel() (level int, err error) {
	text, err := os.ReadFile(printk)
	if err == nil {
		_, err = fmt.Sscan(string(text), &level)
	}
	return level, err
}

func setPrintkLevel(level int) error { return os.WriteFile(printk, []byte(fmt.Sprintln(level)), 0o644) }
