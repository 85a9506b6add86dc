package config

import (
	"strings"
	"testing"
	"time"
)

func TestDefaultsAreValid(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Fatal(err)
	}
	r := Defaults().Resolved()
	if r.Workers < 1 || r.Queue != 8*r.Workers {
		t.Errorf("%+v", r)
	}
}

// Plain HTTP is for this machine alone, unless asked for otherwise.
func TestInsecure(t *testing.T) {
	for listen, safe := range map[string]bool{
		"127.0.0.1:0": true, "localhost:80": true, "LOCALHOST:80": true, "[::1]:80": true, "127.9.9.9:80": true, "[::ffff:127.0.0.1]:80": true,
		":80": false, "0.0.0.0:80": false, "[::]:80": false, "192.168.1.2:80": false, "example.org:80": false,
	} {
		s := Defaults()
		s.Listen = listen
		err := s.Validate()
		if (err == nil) != safe {
			t.Errorf("%s: %v", listen, err)
		}
		if !safe && !strings.Contains(err.Error(), "--insecure") {
			t.Errorf("%s: %v does not say what to do", listen, err)
		}
		s.Insecure = true
		if err := s.Validate(); err != nil {
			t.Errorf("%s with --insecure: %v", listen, err)
		}
	}
}

func TestValidateReportsEverything(t *testing.T) {
	err := Server{Listen: "here", HTTPStatus: "201", Workers: -1, Queue: 1 << 20, Drain: time.Hour}.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, flag := range []string{"--listen", "--http-status", "--workers", "--queue", "--max-connections:", "--max-connections-per-ip", "--read-timeout", "--drain"} {
		if !strings.Contains(err.Error(), flag) {
			t.Errorf("%s is not named in\n%v", flag, err)
		}
	}
	s := Defaults()
	s.Listen = "127.0.0.1:70000"
	if s.Validate() == nil {
		t.Error("port 70000 is accepted")
	}
}
