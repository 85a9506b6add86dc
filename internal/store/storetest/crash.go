package storetest

const childEnv = "KAHAO_STORETEST_CHILD"

func child(address string, open Open) int { return 1 }
