package jira

import (
	"context"
	"errors"
	"testing"
	"time"

	"smokestack/connectors"
)

// A site has one address, however it is given, and no credentials in it: it is
// stored and shown.
func TestSiteOfAnArchive(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"": "", "https://acme.example": "https://acme.example", " HTTPS://ACME.example/Jira/ ": "https://acme.example/Jira",
		"https://ana:sesame@acme.example/": "https://acme.example", "ana:sesame@acme.example": "", "https://ana:ses%ame@acme.example": "",
	} {
		if got := NewArchive("x", given).Scope().Query; got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
	b := decode(t, "saved.json", `{"url":"https://x.example/rest/api/2/issue/1","site":"https://ana:sesame@ACME.example/","data":{"id":"1","key":"PAY-1","fields":{"created":"2025-01-06T08:00:00.000+0000"}}}`)
	if len(b.Records) != 1 || b.Records[0].Site != "https://acme.example" {
		t.Errorf("%+v", b.Records)
	}
}

// Whoever waits for a decoder does not wait any longer than he wants to.
func TestCancelledWhileDecoding(t *testing.T) {
	t.Parallel()
	pressed := errors.New("somebody pressed a key")
	ctx, cancel := context.WithCancelCause(t.Context())
	p := &pull{emit: func(connectors.Batch) error { t.Error("a batch"); return nil }}
	done := make(chan error, 1)
	go func() { done <- p.hand(ctx, &job{result: make(chan *answers)}) }()
	cancel(pressed)
	select {
	case err := <-done:
		if !errors.Is(err, pressed) {
			t.Errorf("%v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits for the decoder")
	}
}
