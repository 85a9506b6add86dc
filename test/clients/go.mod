module github.com/kahao/kahao/test/clients

go 1.26.4

require github.com/kahao/kahao v0.0.0

replace github.com/kahao/kahao => ../../
