package main

func slowloris(r *rig) error { return nil }
