package main

func overload(r *rig) error { return nil }
