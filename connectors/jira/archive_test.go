package jira

import "testing"

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
