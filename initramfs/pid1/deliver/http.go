//go:build !lean

package deliver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Poster sends reports to servers. The zero Poster is for real ones.
type Poster struct {
	Client *http.Client                                         // nil: the default one
	Wait   func(ctx context.Context, pause time.Duration) error // nil: waits
}

// tries is how often a server is asked, with pauses of 1, 2, 4 and 8 seconds.
const tries = 5

// Post sends the report. A network or server that fails is tried again; a server
// that refuses (4xx but 408 and 429) is not.
func (p Poster) Post(ctx context.Context, url string, report []byte) error {
	wait := p.Wait
	if wait == nil {
		wait = pause
	}
	var err error
	for try := range tries {
		if try > 0 {
			if stop := wait(ctx, time.Second<<(try-1)); stop != nil {
				return fmt.Errorf("%w (given up: %w)", err, stop)
			}
		}
		var again bool
		if again, err = p.once(ctx, url, report); err == nil || !again {
			return err
		}
	}
	return fmt.Errorf("%w (tried %d times)", err, tries)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// once sends it once. again tells that another try may help.
func (p Poster) once(ctx context.Context, url string, report []byte) (again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(report))
	if err != nil {
		return false, err
	}
	sum := sha256.Sum256(report)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":") // RFC 9530
	req.Header.Set("User-Agent", "bootmend")
	client := http.Client{}
	if p.Client != nil {
		client = *p.Client
	}
	client.CheckRedirect = samePost
	resp, err := client.Do(req)
	if err != nil {
		return true, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return false, nil
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooManyRequests:
		return true, fmt.Errorf("the server answers %s", resp.Status)
	default:
		return false, fmt.Errorf("the server refuses: %s", resp.Status)
	}
}

// samePost follows 307 and 308, which keep the POST and the report; any other would
// become a GET, and its answer would say nothing about the report.
func samePost(req *http.Request, via []*http.Request) error {
	if req.Method != http.MethodPost {
		return http.ErrUseLastResponse
	}
	if len(via) >= 10 {
		return errors.New("the server redirects without end")
	}
	return nil
}
