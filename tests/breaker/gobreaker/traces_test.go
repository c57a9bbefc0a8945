// Writes traces.json: random calls through the real gobreaker, with what it decided at every step.
//
// To write it anew, in this folder: go test -count=1 .
// The same seed gives the same file. The tests of this project read the file and need no Go.
package traces

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sony/gobreaker/v2"
)

const (
	seed          = 4
	tracesPerRule = 40
	stepsPerTrace = 60
)

var (
	errDown      = errors.New("down")
	errTolerated = errors.New("tolerated")
	errExcluded  = errors.New("excluded")
)

// Rules are the settings of some traces as data; times are milliseconds.
type Rules struct {
	Name        string  `json:"name"`
	MaxRequests uint32  `json:"maxRequests"`
	Interval    int64   `json:"interval"`
	Timeout     int64   `json:"timeout"`
	Trip        string  `json:"trip"` // "ratio": of at least minimum requests; "consecutive": failures; "default"
	Minimum     uint32  `json:"minimum"`
	Threshold   float64 `json:"threshold"`
}

var all = []Rules{
	{"ratio", 3, 10_000, 30_000, "ratio", 5, 0.5},
	{"defaults", 0, 0, 0, "default", 0, 0},
	{"short interval", 2, 1_000, 5_000, "ratio", 3, 0.3},
	{"counts never cleared", 4, 0, 2_000, "consecutive", 0, 3},
}

// Traced are the traces of one set of rules; each is its steps, as "step:result".
type Traced struct {
	Rules
	Traces []string `json:"traces"`
}

func (r Rules) settings(changed func(from, to gobreaker.State)) gobreaker.Settings {
	settings := gobreaker.Settings{
		Name:          r.Name,
		MaxRequests:   r.MaxRequests,
		Interval:      time.Duration(r.Interval) * time.Millisecond,
		Timeout:       time.Duration(r.Timeout) * time.Millisecond,
		OnStateChange: func(_ string, from, to gobreaker.State) { changed(from, to) },
		IsSuccessful:  func(err error) bool { return err == nil || errors.Is(err, errTolerated) },
		IsExcluded:    func(err error) bool { return errors.Is(err, errExcluded) },
	}
	switch r.Trip {
	case "ratio":
		settings.ReadyToTrip = func(counts gobreaker.Counts) bool {
			ratio := float64(counts.TotalFailures) / float64(counts.Requests)
			return counts.Requests >= r.Minimum && ratio >= r.Threshold
		}
	case "consecutive":
		settings.ReadyToTrip = func(counts gobreaker.Counts) bool {
			return float64(counts.ConsecutiveFailures) >= r.Threshold
		}
	}
	return settings
}

// Some of them end exactly when an interval or an open time does, or one millisecond beside it.
func (r Rules) waits() []int64 {
	timeout := r.Timeout
	if timeout == 0 {
		timeout = 60_000
	}
	waits := []int64{1, 1, 250, timeout - 1, timeout, timeout + 1, timeout + 1}
	if r.Interval > 0 {
		waits = append(waits, r.Interval/2, r.Interval-1, r.Interval, r.Interval+1)
	}
	return waits
}

func letter(state gobreaker.State) string { return state.String()[:1] }

func trace(rules Rules, random *rand.Rand) string {
	changes := ""
	breaker := gobreaker.NewTwoStepCircuitBreaker[any](rules.settings(func(from, to gobreaker.State) {
		changes += "/" + letter(from) + letter(to)
	}))
	running := []func(error){}
	steps := make([]string, 0, stepsPerTrace)
	failing := badOrGood(random)
	waits := rules.waits()
	for range stepsPerTrace {
		step, decision := "", "-"
		changes = ""
		switch dice := random.Float64(); {
		case dice < 0.12:
			ms := waits[random.IntN(len(waits))]
			time.Sleep(time.Duration(ms) * time.Millisecond)
			step = fmt.Sprintf("+%d", ms)
			failing = badOrGood(random)
		case dice < 0.55 && len(running) > 0:
			at := random.IntN(len(running))
			kind, err := ending(random, failing)
			done := running[at]
			running = append(running[:at:at], running[at+1:]...)
			done(err)
			step = fmt.Sprintf("%s%d", kind, at)
		default:
			step = "b"
			done, err := breaker.Allow()
			switch {
			case err == nil:
				decision = "p"
				running = append(running, done)
			case errors.Is(err, gobreaker.ErrOpenState):
				decision = "o"
			case errors.Is(err, gobreaker.ErrTooManyRequests):
				decision = "t"
			}
		}
		state := "-"
		// Whoever asks for the state makes the transition that is due: after a wait the next call must.
		if step[0] != '+' {
			state = letter(breaker.State())
		}
		c := breaker.Counts()
		steps = append(steps, fmt.Sprintf("%s:%s%s%d.%d.%d.%d.%d.%d%s", step, decision, state,
			c.Requests, c.TotalSuccesses, c.TotalFailures, c.TotalExclusions,
			c.ConsecutiveSuccesses, c.ConsecutiveFailures, changes))
	}
	return strings.Join(steps, " ")
}

// Bad times and good times follow each other, so that traces reach every state.
func badOrGood(random *rand.Rand) float64 {
	if random.Float64() < 0.5 {
		return 0.9
	}
	return 0.05
}

func ending(random *rand.Rand, failing float64) (string, error) {
	switch dice := random.Float64(); {
	case dice < 0.06:
		return "x", errExcluded
	case dice < 0.1:
		return "t", errTolerated
	case random.Float64() < failing:
		return "f", errDown
	default:
		return "s", nil
	}
}

func TestWriteTraces(t *testing.T) {
	written := []Traced{}
	for number, rules := range all {
		traced := Traced{Rules: rules}
		for index := range tracesPerRule {
			random := rand.New(rand.NewPCG(seed, uint64(number*tracesPerRule+index)))
			synctest.Test(t, func(*testing.T) {
				traced.Traces = append(traced.Traces, trace(rules, random))
			})
		}
		written = append(written, traced)
	}
	text, err := json.MarshalIndent(written, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("traces.json", append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
