package core

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

func cat(c *Call) error {
	return c.each(func(r io.Reader) error {
		_, err := io.Copy(c.Out, r)
		return err
	})
}

func echo(c *Call) error {
	_, err := fmt.Fprintln(c.Out, strings.Join(c.Args, " "))
	return err
}

// lines calls do with every line, its end included.
func lines(r io.Reader, do func(line string) error) error {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			if err := do(line); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func grep(c *Call) error {
	if len(c.Args) == 0 {
		return errUsage
	}
	text := c.Args[0]
	c.Args = c.Args[1:]
	fold := func(s string) string { return s }
	if c.has('i') {
		fold = strings.ToLower
	}
	err := errQuiet // nothing found
	all := c.each(func(r io.Reader) error {
		return lines(r, func(line string) error {
			if strings.Contains(fold(line), fold(text)) == c.has('v') {
				return nil
			}
			err = nil
			_, e := io.WriteString(c.Out, line)
			return e
		})
	})
	if all != nil {
		return all
	}
	return err
}

// count takes "-n NUMBER" or "-NUMBER" off the arguments; 10 without.
func (c *Call) count() (int, error) {
	if len(c.Args) == 0 || !strings.HasPrefix(c.Args[0], "-") {
		return 10, nil
	}
	text := c.Args[0][1:]
	c.Args = c.Args[1:]
	if text == "n" && len(c.Args) > 0 {
		text = c.Args[0]
		c.Args = c.Args[1:]
	}
	n, err := strconv.Atoi(strings.TrimPrefix(text, "n"))
	if err != nil || n < 0 {
		return 0, errUsage
	}
	return n, nil
}

func head(c *Call) error {
	n, err := c.count()
	if err != nil {
		return err
	}
	return c.each(func(r io.Reader) error {
		left := n
		err := lines(r, func(line string) error {
			if left--; left < 0 {
				return io.EOF
			}
			_, err := io.WriteString(c.Out, line)
			return err
		})
		if err == io.EOF {
			return nil
		}
		return err
	})
}

func tail(c *Call) error {
	n, err := c.count()
	if err != nil {
		return err
	}
	return c.each(func(r io.Reader) error {
		var last []string
		err := lines(r, func(line string) error {
			if last = append(last, line); len(last) > n {
				last = last[1:]
			}
			return nil
		})
		_, e := io.WriteString(c.Out, strings.Join(last, ""))
		if err == nil {
			err = e
		}
		return err
	})
}

func wc(c *Call) error {
	return c.each(func(r io.Reader) error {
		all, bytes := 0, 0
		err := lines(r, func(line string) error {
			bytes += len(line)
			all += strings.Count(line, "\n")
			return nil
		})
		switch {
		case c.Options == "l":
			fmt.Fprintln(c.Out, all)
		case c.Options == "c":
			fmt.Fprintln(c.Out, bytes)
		default:
			fmt.Fprintln(c.Out, all, bytes)
		}
		return err
	})
}

func hexdump(c *Call) error {
	return c.each(func(r io.Reader) error {
		in := bufio.NewReader(r)
		b := make([]byte, 16)
		for at := 0; ; at += 16 {
			n, err := io.ReadFull(in, b)
			if n > 0 {
				text := []byte(b[:n])
				hex := fmt.Sprintf("% x", text)
				show := make([]byte, n)
				for i, x := range text {
					if show[i] = x; x < ' ' || x > '~' {
						show[i] = '.'
					}
				}
				if _, err := fmt.Fprintf(c.Out, "%08x  %-47s  |%s|\n", at, hex, show); err != nil {
					return err
				}
			}
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
}
