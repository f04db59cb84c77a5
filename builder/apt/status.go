package apt

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/bootmend/bootmend/builder/progress"
)

// statusFD is the first file that os/exec gives to a command beyond the standard ones.
const statusFD = "3"

// lastWords is how long apt's last messages are waited for once it has ended: a program
// that it left behind could keep them from having an end.
const lastWords = time.Second

// fetch runs apt-get, which tells by its status messages how far it is. The size of the
// file that it writes would say so, too, but where that lies until it is whole differs
// from version to version.
func (l Lists) fetch(dir string, args ...string) error {
	if l.Progress == nil {
		_, err := l.run(dir, nil, "apt-get", args...)
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	read := make(chan struct{})
	go func() {
		defer close(read)
		tellStatus(r, l.Progress)
	}()
	_, err = l.run(dir, []*os.File{w}, "apt-get", append([]string{"-o", "APT::Status-Fd=" + statusFD}, args...)...)
	err = errors.Join(err, w.Close(), r.SetReadDeadline(time.Now().Add(lastWords)))
	<-read
	return err
}

// tellStatus passes on what apt says about a download until there is no more.
func tellStatus(r io.Reader, tell progress.Func) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if part, ok := parseStatus(lines.Text()); ok {
			tell(part, wholeDownload)
		}
	}
}

// wholeDownload is a download as parseStatus counts: hundredths of a percent.
const wholeDownload = 100 * 100

// parseStatus reads a line that apt writes to APT::Status-Fd (README.progress-reporting of
// apt-doc): "dlstatus:COUNT:PERCENT:TEXT". False: it says nothing about a download.
func parseStatus(line string) (part int64, ok bool) {
	words := strings.SplitN(line, ":", 4)
	if len(words) < 4 || words[0] != "dlstatus" {
		return 0, false
	}
	percent, err := strconv.ParseFloat(words[2], 64)
	if err != nil || !(percent >= 0 && percent <= 100) {
		return 0, false
	}
	return int64(percent * wholeDownload / 100), true
}
