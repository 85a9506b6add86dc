module github.com/kahao/kahao/test/clients/sdk/go-core

go 1.26.4

require (
	github.com/kahao/kahao/test/clients v0.0.0
	github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common v1.3.212
)

replace (
	github.com/kahao/kahao => ../../../..
	github.com/kahao/kahao/test/clients => ../..
)
