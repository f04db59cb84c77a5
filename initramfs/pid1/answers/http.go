//go:build !lean

package answers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

func checkURL(place string) error {
	if u, err := url.Parse(place); err != nil || u.Host == "" {
		return errors.New("this is no URL")
	}
	return nil
}

// tries is how often a server is asked, with pauses of 1, 2 and 4 seconds.
const tries = 4

func get(ctx context.Context, place string) ([]byte, error) {
	var err error
	for try := range tries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(time.Second << (try - 1)):
			}
		}
		var text []byte
		var again bool
		if text, again, err = getOnce(ctx, place); err == nil || !again {
			return text, err
		}
	}
	return nil, err
}

// getOnce asks once. again tells that another try may help.
func getOnce(ctx context.Context, place string) (text []byte, again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, place, nil)
	if err != nil {
		return nil, false, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, true, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, resp.StatusCode >= 500, fmt.Errorf("the server answers %s", resp.Status)
	}
	text, err = readAll(resp.Body)
	return text, !errors.Is(err, errLarge), err
}
