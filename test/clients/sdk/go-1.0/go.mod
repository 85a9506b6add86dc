module github.com/kahao/kahao/test/clients/sdk/go-1.0

go 1.26.4

require (
	github.com/kahao/kahao/test/clients v0.0.0
	github.com/tencentcloud/tencentcloud-sdk-go v1.0.162
)

replace (
	github.com/kahao/kahao => ../../../..
	github.com/kahao/kahao/test/clients => ../..
)
