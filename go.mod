module github.com/kahao/kahao

go 1.26
